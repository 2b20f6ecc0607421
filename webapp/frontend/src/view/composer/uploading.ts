/** Makes the uploads of whoever is signed in; see uploads.ts, which loads it. */

import { Depot } from "../../messenger/depot";
import type { Messenger } from "../../messenger/messenger";
import { Uploads } from "../../messenger/uploads";
import { FilesApi } from "../../net/files";
import { examineFilm } from "../../platform/film";
import { type Pages, pagesOf } from "../../platform/pages";
import type { Platform } from "../../platform/platform";

let pages: Pages | null = null; // this one holds a name of its own as long as it lives

export function beginUploads(messenger: Messenger, { clock, keep, random }: Platform): Uploads {
	pages ??= pagesOf(random.hex());
	const uploads = new Uploads({
		raw: messenger.api.raw,
		files: new FilesApi(messenger.api.call),
		clock,
		examine: examineFilm,
		send: (key, { draft, files }) => messenger.send(key, draft, files),
		depot: new Depot(keep, messenger.model.me.username, pages, clock),
		newId: () => random.hex(),
	});
	messenger.atEnd(() => uploads.stop());
	return uploads;
}
