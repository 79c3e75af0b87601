import type {StepDoubt} from '../repair/run/doubts.ts';

/** Whoever is asked before something is changed, and told what becomes of it. */
export type Dialogue = {
	/** Nobody is asked: all was agreed to before, or nothing is to be changed. What nothing vouches for is left then. */
	readonly isUnasked: boolean;
	/** Shows doubts whole; gives ids of those that the person has said yes to, and the others. */
	readonly askDoubts: (doubts: readonly StepDoubt[]) => Promise<{readonly agreed: readonly string[]; readonly left: readonly StepDoubt[]}>;
	readonly agrees: (question: string) => Promise<boolean>;
	/** Asked last, for the name of the cluster. @throws where the person does not say it */
	readonly confirm: (cluster: string) => Promise<void>;
	readonly say: (line: string) => void;
};
