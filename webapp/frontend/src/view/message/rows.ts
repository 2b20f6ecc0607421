/** Messages as rows of the page. */

export const ROW = "[data-testid=message]";
export const LOG = "[role=log]";
