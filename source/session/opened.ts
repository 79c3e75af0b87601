import type {Listeners} from './look.ts';
import type {Session} from './session.ts';
import type {NodeAccesses} from './node-accesses.ts';

/** What an act has from its first look to its last: how nodes are reached, and who hears of what is looked at. */
export type Opened = Required<Pick<Listeners, 'onProgress' | 'onNotice'>> & {
	readonly session: Session;
	readonly accesses: NodeAccesses;
	/** Told that `onProgress` is over: what comes after it is asked and told in lines. */
	readonly onLooked: () => void;
};
