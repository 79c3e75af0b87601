import type {RenderDiagnosis, RenderProof} from './rendering.ts';

/** One row a form that the diagnosis alone has; each file is loaded only when it is asked for. */
export const diagnosisFormats = {
	table: async (): Promise<RenderDiagnosis> => (await import('./table.ts')).table,
	wide: async (): Promise<RenderDiagnosis> => (await import('./table.ts')).wideTable,
	name: async (): Promise<RenderDiagnosis> => (await import('./name.ts')).name,
	junit: async (): Promise<RenderDiagnosis> => (await import('./junit.ts')).junit,
	markdown: async (): Promise<RenderDiagnosis> => (await import('./markdown.ts')).markdown,
	prometheus: async (): Promise<RenderDiagnosis> => (await import('./prometheus.ts')).prometheus,
} as const;

/** One row a form that the proof alone has. */
export const proofFormats = {
	table: async (): Promise<RenderProof> => (await import('./proof-table.ts')).proofTable,
	wide: async (): Promise<RenderProof> => (await import('./proof-table.ts')).proofTable,
	name: async (): Promise<RenderProof> => (await import('./name.ts')).proofName,
	junit: async (): Promise<RenderProof> => (await import('./proof-junit.ts')).proofJunit,
} as const;
