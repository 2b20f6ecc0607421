/** How days and times are written; see i18n/format.ts. */

const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const MONTHS = "January February March April May June July August September October November December".split(" ");

export const dates = {
	today: "today",
	yesterday: "yesterday",
	day: (at: Date) => `${at.getDate()} ${MONTHS[at.getMonth()]}`,
	/** As short as it can be said. */
	short: (at: Date) => `${at.getDate()} ${MONTHS[at.getMonth()]?.slice(0, 3)}`,
	withYear: (day: string, at: Date) => `${day} ${at.getFullYear()}`,
	withTime: (day: string, time: string) => `${day}, ${time}`,
	/** A day of a year, the day of the week, and the time to the second. */
	full: (day: string, at: Date, time: string) => `${DAYS[at.getDay()]} ${day} at ${time}`,
};
