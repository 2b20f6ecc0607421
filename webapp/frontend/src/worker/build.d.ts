/** Written when the pages are built: see serviceworker.ts. */
declare module "virtual:build" {
	export const BUILD: import("./shell").Build;
}
