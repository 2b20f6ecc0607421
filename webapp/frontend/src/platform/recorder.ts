/** The microphone: a recording in Opus where the browser can, and how loud it is meanwhile. */

import { loudness } from "../model/waveform";

const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const EVERY_MS = 100;

export interface Recording {
	readonly blob: Blob;
	readonly durationMs: number;
	/** 0 to 1, ten a second. */
	readonly levels: readonly number[];
}

export interface Recorder {
	/** Stop, and give what was recorded. */
	finish(): Promise<Recording>;
	/** Stop, and throw it away. */
	cancel(): void;
}

export type NoRecorder = "needsHttps" | "noRecorder" | "noMicrophone";

/** Why recording cannot work here at all; null: it may. */
export function whyNoRecorder(): NoRecorder | null {
	if (!isSecureContext) return "needsHttps";
	return "MediaRecorder" in globalThis && TYPES.some((type) => MediaRecorder.isTypeSupported(type))
		? null
		: "noRecorder";
}

/** Ask for the microphone and begin. Throws where the person, or the browser, says no. */
export async function startRecorder(hear: (level: number, elapsedMs: number) => void): Promise<Recorder> {
	const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
	const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
	const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 24_000 });
	const parts: Blob[] = [];
	const levels: number[] = [];
	const began = performance.now();
	const meter = openMeter(stream);
	const timer = setInterval(() => {
		const level = meter.level();
		levels.push(level);
		hear(level, performance.now() - began);
	}, EVERY_MS);
	recorder.ondataavailable = ({ data }) => parts.push(data);
	recorder.start();
	const release = () => {
		clearInterval(timer);
		meter.close();
		for (const track of stream.getTracks()) track.stop();
	};
	return {
		async finish() {
			const durationMs = Math.max(1, Math.round(performance.now() - began));
			const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
			recorder.stop();
			await stopped;
			release();
			return { blob: new Blob(parts, { type: mimeType.split(";")[0] ?? "" }), durationMs, levels };
		},
		cancel() {
			recorder.stop();
			release();
		},
	};
}

function openMeter(stream: MediaStream): { level(): number; close(): void } {
	const context = new AudioContext();
	const analyser = context.createAnalyser();
	analyser.fftSize = 2_048;
	context.createMediaStreamSource(stream).connect(analyser);
	const samples = new Uint8Array(analyser.fftSize);
	return {
		level() {
			analyser.getByteTimeDomainData(samples);
			return loudness(samples);
		},
		close: () => void context.close(),
	};
}
