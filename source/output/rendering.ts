import type {Diagnosis} from '../diagnosis/diagnosis.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {Proof} from '../proof/proof.ts';

/** How text is laid out, tables among it. */
export type Layout = {
	/** False without the line of headers. */
	readonly headers?: boolean;
	/** Columns of the terminal; undefined where text is not for one: then no line is broken. */
	readonly width?: number | undefined;
};

/** What a form of the diagnosis is given to print. */
export type Rendering = {readonly diagnosis: Diagnosis; readonly evidence: Evidence; readonly colour: boolean} & Layout;
/** A form of the diagnosis. */
export type RenderDiagnosis = (result: Rendering) => string;

/** What a form of the proof is given to print; `summary` is one line. */
export type ProofRendering = {readonly proof: Proof; readonly summary: string; readonly colour: boolean} & Layout;
/** A form of the proof. */
export type RenderProof = (result: ProofRendering) => string;
