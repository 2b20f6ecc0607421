/* Before the first paint, so that nobody who wants the dark sees a flash of light. The rest: src/model/looks.ts. */
try {
	const looks = JSON.parse(localStorage.getItem("hongyan.looks") ?? "{}");
	for (const part of ["theme", "accent", "size", "density", "contrast", "motion"])
		if (typeof looks[part] === "string") document.documentElement.dataset[part] = looks[part];
} catch {
	/* no storage: as usual */
}
