/** The uploads of whoever is signed in: they outlive the composer that began them. */

import type { Messenger } from "../../messenger/messenger";
import { Uploads } from "../../messenger/uploads";
import { FilesApi } from "../../net/files";
import { examineFilm } from "../../platform/film";
import type { Platform } from "../../platform/platform";

const ALL = new WeakMap<Messenger, Uploads>();

export function uploadsOf(messenger: Messenger, { clock }: Platform): Uploads {
	const known = ALL.get(messenger);
	if (known) return known;
	const uploads = new Uploads({
		raw: messenger.api.raw,
		files: new FilesApi(messenger.api.call),
		clock,
		examine: examineFilm,
		send: (key, { draft, files }) => messenger.send(key, draft, files),
	});
	ALL.set(messenger, uploads);
	return uploads;
}
