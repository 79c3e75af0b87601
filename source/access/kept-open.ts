import type {NodeAccess} from './access.ts';

/** Well before the deadline at which a kubelet ends a helper pod. */
const lifeMilliseconds = 240_000;

/**
 * Opens once for each key, and anew before what was opened ends by itself. Closing what it gives does nothing: it is there for the
 * next question, and whoever began the run removes it at its end.
 */
export function keptOpen(
	now: () => number = () => performance.now(),
): (key: string, open: () => Promise<NodeAccess>) => Promise<NodeAccess> {
	const kept = new Map<string, {readonly access: Promise<NodeAccess>; readonly until: number}>();
	return async (key, open) => {
		const known = kept.get(key);
		const {access, until} = known !== undefined && known.until > now() ? known : {access: open(), until: now() + lifeMilliseconds};
		kept.set(key, {access, until});
		try {
			return {...(await access), close: async () => undefined};
		} catch (error) {
			kept.delete(key);
			throw error;
		}
	};
}
