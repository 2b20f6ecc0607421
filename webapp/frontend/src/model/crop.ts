/** The square that a person cuts out of a picture. All lengths are pixels of the picture. */

export interface Size {
	readonly width: number;
	readonly height: number;
}

export interface Crop {
	readonly centreX: number;
	readonly centreY: number;
	/** 1: the largest square; `MAX_ZOOM`: a small part. */
	readonly zoom: number;
}

export interface Square {
	readonly left: number;
	readonly top: number;
	readonly side: number;
}

export const MAX_ZOOM = 5;

export function wholeCrop({ width, height }: Size): Crop {
	return { centreX: width / 2, centreY: height / 2, zoom: 1 };
}

export function squareOf(size: Size, crop: Crop): Square {
	const side = Math.min(size.width, size.height) / crop.zoom;
	return { left: crop.centreX - side / 2, top: crop.centreY - side / 2, side };
}

/** Another zoom about the same centre, as far as the picture's edges let it. */
export function zoomTo(size: Size, crop: Crop, zoom: number): Crop {
	return keepInside(size, { ...crop, zoom: clamp(zoom, 1, MAX_ZOOM) });
}

/** Drag the picture by parts of the square's side: (1, 0) is one full width to the right. */
export function drag(size: Size, crop: Crop, right: number, down: number): Crop {
	const { side } = squareOf(size, crop);
	return keepInside(size, { ...crop, centreX: crop.centreX - right * side, centreY: crop.centreY - down * side });
}

function keepInside(size: Size, crop: Crop): Crop {
	const half = squareOf(size, crop).side / 2;
	const centreX = clamp(crop.centreX, half, size.width - half);
	return { ...crop, centreX, centreY: clamp(crop.centreY, half, size.height - half) };
}

function clamp(value: number, least: number, most: number): number {
	return Math.min(Math.max(value, least), most);
}
