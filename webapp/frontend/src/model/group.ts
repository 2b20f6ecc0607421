/** What the rules of a group allow, so that the pages offer nothing that the server would refuse. Pure. */

import type { GroupDetail, Member, Role } from "../contract/groups";

/** The channel of the whole server: everybody is in it and nobody leaves. Agreed with the server. */
export const EVERYONE = "everyone";

const RANKS: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 };

export interface Rights {
	/** Title, picture, settings, announcement, links, requests, bans. */
	readonly manage: boolean;
	readonly invite: boolean;
	readonly leave: boolean;
	readonly dissolve: boolean;
}

export function rightsIn({ name, role, invites }: GroupDetail): Rights {
	const manage = role !== "member";
	const everyone = name === EVERYONE;
	return {
		manage,
		invite: !everyone && (manage || invites === "members"),
		leave: !everyone,
		dissolve: role === "owner" && !everyone,
	};
}

export interface RightsOver {
	/** Make an admin of a member, or a member of an admin. */
	readonly setRole: boolean;
	readonly transfer: boolean;
	/** Mute, remove, ban. */
	readonly discipline: boolean;
	readonly rename: boolean;
}

const NONE: RightsOver = { setRole: false, transfer: false, discipline: false, rename: false };

/** The owner stands above everybody, an admin above plain members; nobody above themselves. */
export function rightsOver({ role, name }: GroupDetail, other: Member, me: string): RightsOver {
	if (other.username === me) return { ...NONE, rename: true };
	const above = role !== "member" && RANKS[role] > RANKS[other.role];
	const owns = role === "owner" && name !== EVERYONE;
	return { setRole: owns, transfer: owns, discipline: above && name !== EVERYONE, rename: above };
}

/** Why a member may not write at the moment, and until when (null: until that is taken back). */
export interface Silence {
	readonly why: "muted" | "mutedAll" | "channel" | "adminsOnly";
	readonly until: number | null;
}

export function silenceIn(detail: GroupDetail, nowMs: number): Silence | null {
	const lasts = (until: number | null): until is number => until !== null && until > nowMs;
	if (lasts(detail.ownMutedUntil)) return { why: "muted", until: bounded(detail.ownMutedUntil) };
	if (detail.role !== "member") return null;
	if (detail.kind === "channel") return { why: "channel", until: null };
	if (detail.writers === "admins") return { why: "adminsOnly", until: null };
	return lasts(detail.mutedUntil) ? { why: "mutedAll", until: bounded(detail.mutedUntil) } : null;
}

function bounded(untilMs: number): number | null {
	return isForever(untilMs) ? null : untilMs;
}

const FAR_MS = 8_000_000_000_000_000; // beyond what a date can be: "until it is taken back" is written as such a number

export function isForever(untilMs: number): boolean {
	return untilMs >= FAR_MS;
}
