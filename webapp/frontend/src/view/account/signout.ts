/** Signing out takes along what this browser keeps: what was not sent yet would be lost. */

import { get } from "svelte/store";
import type { Traffic } from "../../messenger/uploads";
import { countUnsent } from "../../model/leaving";
import type { Model } from "../../model/model";
import { uploadsOf } from "../composer/uploads";
import type { Ui } from "../ui.svelte";

/** Messages; those that wait for their files are no messages yet. */
export function countLost(model: Model, { parcels }: Traffic): number {
	return countUnsent(model) + parcels.length;
}

/** Sign out; the person is asked first where something would be lost. Throws what the server refuses. */
export async function leave(ui: Ui): Promise<void> {
	const { messenger, platform } = ui;
	if (messenger && countLost(messenger.model, get(uploadsOf(messenger, platform))) > 0) ui.dialog = "signOut";
	else await ui.signOut();
}
