declare module "virtual:emoji" {
	/** The emoji, its group, and its words in English and Chinese, parted by `|`. */
	const emoji: readonly (readonly [string, number, string])[];
	export default emoji;
}
