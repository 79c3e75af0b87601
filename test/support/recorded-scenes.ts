import {readdirSync, readFileSync} from 'node:fs';
import {evidenceSchema, type Evidence} from '../../source/evidence/evidence.ts';

const folder = new URL('../evidence/scenes/', import.meta.url);

/** What was seen in every recorded scene, by the name of its file. */
export const recordedScenes: ReadonlyArray<readonly [file: string, Evidence]> = readdirSync(folder)
	.filter(file => file !== 'index.json')
	.map(file => [file, evidenceSchema.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))]);
