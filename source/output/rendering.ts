import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Proof} from '../proof/proof.ts';

/** What a form of the diagnosis is given to print. */
export type Rendering = {readonly diagnosis: Diagnosis; readonly evidence: Evidence; readonly colour: boolean};
export type RenderDiagnosis = (result: Rendering) => string;

/** What a form of the proof is given to print; `summary` is one line. */
export type ProofRendering = {readonly proof: Proof; readonly summary: string; readonly colour: boolean};
export type RenderProof = (result: ProofRendering) => string;
