import path from 'node:path';
import type {Frame} from './frame.ts';
import type {Recording} from './record.ts';
import {svgOf} from './svg.ts';

const labels: Readonly<Record<keyof Recording['pictures'], string>> = {
	answer: 'The first screen on the demo cluster: hostPort does not work on 3 nodes, the lines that prove it, and what repairs it',
	repaired: 'The end of the repair: 8 of 8 hostPorts answer, each of which was refused before',
};

/** Where a picture of the README lies. */
export const pictureFile = (name: string): string => path.join(import.meta.dirname, '..', '..', 'docs', 'pictures', name);

export const svgOfPicture = (name: keyof Recording['pictures'], frame: Frame): string => svgOf(frame, labels[name]);
