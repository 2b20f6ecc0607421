/** Which keys there are. */

/** Where Cmd is what Ctrl is elsewhere. */
export const onMac = /^(Mac|iPhone|iPad)/.test(navigator.platform);
