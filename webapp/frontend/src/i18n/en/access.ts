/** What is there for people who hear the page, or go through it by keyboard. */

export const access = {
	skip: "Skip the list",
	online: "Connected again.",
};
