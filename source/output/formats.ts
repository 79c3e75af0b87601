import type {RenderDiagnosis, RenderProof} from './rendering.ts';

/** One row a form of the diagnosis; each file is loaded only when it is asked for. */
export const diagnosisFormats = {
	table: async (): Promise<RenderDiagnosis> => (await import('./table.ts')).table,
	wide: async (): Promise<RenderDiagnosis> => (await import('./table.ts')).wideTable,
	json: async (): Promise<RenderDiagnosis> => (await import('./json.ts')).diagnosisJson,
	yaml: async (): Promise<RenderDiagnosis> => (await import('./yaml.ts')).yaml,
	name: async (): Promise<RenderDiagnosis> => (await import('./name.ts')).name,
	junit: async (): Promise<RenderDiagnosis> => (await import('./junit.ts')).junit,
	markdown: async (): Promise<RenderDiagnosis> => (await import('./markdown.ts')).markdown,
} as const;

/** One row a form of the proof. */
export const proofFormats = {
	table: async (): Promise<RenderProof> => (await import('./proof-table.ts')).proofTable,
	json: async (): Promise<RenderProof> => (await import('./json.ts')).proofJson,
	junit: async (): Promise<RenderProof> => (await import('./proof-junit.ts')).proofJunit,
} as const;
