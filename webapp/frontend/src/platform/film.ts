/** What the browser can tell of a film: how long it is, and a picture of it. */

import type { Film } from "../messenger/uploads";

const POSTER_SIDE = 640; // pixels at most
const PATIENCE_MS = 5_000; // a film that the browser cannot play says nothing at all
const NOTHING: Film = { durationMs: null, poster: null };

export async function examineFilm(blob: Blob): Promise<Film> {
	const url = URL.createObjectURL(blob);
	const video = document.createElement("video");
	try {
		video.muted = true;
		video.preload = "auto";
		video.src = url;
		await happens(video, "loadeddata");
		const durationMs = Number.isFinite(video.duration) ? Math.max(1, Math.round(video.duration * 1_000)) : null;
		video.currentTime = Math.min(1, (video.duration || 0) / 4); // the very first picture is often black
		await happens(video, "seeked");
		return { durationMs, poster: await paint(video) };
	} catch {
		return NOTHING;
	} finally {
		video.removeAttribute("src");
		URL.revokeObjectURL(url);
	}
}

function happens(video: HTMLVideoElement, event: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
		const finish = (run: () => void) => () => {
			clearTimeout(timer);
			run();
		};
		video.addEventListener(event, finish(resolve), { once: true });
		video.addEventListener(
			"error",
			finish(() => reject(new Error("cannot be played"))),
			{ once: true },
		);
	});
}

function paint(video: HTMLVideoElement): Promise<Blob | null> {
	const scale = Math.min(1, POSTER_SIDE / Math.max(video.videoWidth, video.videoHeight, 1));
	const canvas = document.createElement("canvas");
	canvas.width = Math.round(video.videoWidth * scale);
	canvas.height = Math.round(video.videoHeight * scale);
	if (canvas.width === 0 || canvas.height === 0) return Promise.resolve(null);
	canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
	return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
}
