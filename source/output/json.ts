import type {ProofRendering, Rendering} from './rendering.ts';

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** The diagnosis as JSON, the contract that scripts rely on. */
export const diagnosisJson = ({diagnosis}: Rendering): string => json(diagnosis);

/** The proof as JSON, the contract that scripts rely on. */
export const proofJson = ({proof}: ProofRendering): string => json(proof);
