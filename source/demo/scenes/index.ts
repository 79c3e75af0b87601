import type {DemoScene, Scene} from '../scene.ts';
import {healthy} from './healthy.ts';
import {missingBinary} from './missing-binary.ts';
import {mixed} from './mixed.ts';
import {nks} from './nks.ts';

/** Every scene by the name that the user types. */
export const scenes: Readonly<Record<DemoScene, Scene>> = {nks, 'missing-binary': missingBinary, healthy, mixed};
