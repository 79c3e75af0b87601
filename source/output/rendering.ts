import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {Evidence} from '../evidence/evidence.ts';

/** What an output format is given to print. */
export type Rendering = {readonly diagnosis: Diagnosis; readonly evidence: Evidence; readonly colour: boolean};
export type Render = (result: Rendering) => string;
