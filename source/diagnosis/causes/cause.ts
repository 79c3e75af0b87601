import type {Finding} from '../diagnosis.ts';
import type {View} from '../view.ts';

/** One cause: its code, and how it is found. No cause looks at another's findings; what they share stands in the view. */
export type Cause = {
	readonly code: string;
	readonly find: (view: View) => readonly Finding[];
};
