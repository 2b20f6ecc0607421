/** The part of the JSON API about packs of stickers. */

import { asObject, readList } from "../contract/decode";
import { type Pack, parsePack } from "../contract/stickers";
import type { Call } from "./api";

export class StickersApi {
	constructor(private readonly call: Call) {}

	/** One's own packs, and those that one has kept. */
	async packs(): Promise<readonly Pack[]> {
		return readList(asObject(await this.call("GET", "/stickers"), "stickers"), "packs", parsePack);
	}

	async pack(name: string): Promise<Pack> {
		return parsePack(await this.call("GET", `/stickers/${name}`));
	}

	async create(name: string, title: string): Promise<void> {
		await this.call("POST", "/stickers", { name, title });
	}

	async remove(name: string): Promise<void> {
		await this.call("DELETE", `/stickers/${name}`);
	}

	/** `file` is the id of an uploaded picture. */
	async put(pack: string, name: string, file: string, emoji: string): Promise<void> {
		await this.call("PUT", `/stickers/${pack}/${name}`, { file, emoji });
	}

	async take(pack: string, name: string): Promise<void> {
		await this.call("DELETE", `/stickers/${pack}/${name}`);
	}

	/** Keep somebody's pack among one's own, or not any longer. */
	async keep(name: string, kept: boolean): Promise<void> {
		await this.call(kept ? "PUT" : "DELETE", `/me/stickers/${name}`);
	}
}
