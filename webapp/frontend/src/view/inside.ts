/** All that whoever is signed in needs: one file of the build, and so one import (see chunks.ts). */

export { noteAccount, openKept } from "../messenger/kept";
export { Messenger } from "../messenger/messenger";
export { openLine } from "../platform/line";
export { default as Shell } from "./Shell.svelte";
