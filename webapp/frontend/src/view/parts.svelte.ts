/**
 * The model as the pages see it: each part is a signal of its own.
 *
 * A message changes `conversations` and nothing else; with one signal for all, each of hundreds of rows would look again
 * whether a face, a friend or a remark has changed.
 */

import type { Model } from "../model/model";

export class ModelParts implements Model {
	me = $state.raw() as Model["me"];
	link = $state.raw() as Model["link"];
	loaded = $state.raw() as Model["loaded"];
	conversations = $state.raw() as Model["conversations"];
	friends = $state.raw() as Model["friends"];
	requests = $state.raw() as Model["requests"];
	blocks = $state.raw() as Model["blocks"];
	groups = $state.raw() as Model["groups"];
	details = $state.raw() as Model["details"];
	members = $state.raw() as Model["members"];
	profiles = $state.raw() as Model["profiles"];
	faces = $state.raw() as Model["faces"];
	remarks = $state.raw() as Model["remarks"];
	toasts = $state.raw() as Model["toasts"];
	wishes = $state.raw() as Model["wishes"];
	composing = $state.raw() as Model["composing"];

	constructor(model: Model) {
		this.follow(model);
	}

	/** What is the same value as before tells nobody. */
	follow(model: Model): void {
		Object.assign(this, model);
	}
}
