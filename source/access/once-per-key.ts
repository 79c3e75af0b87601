/** Asks once for each key, also where several ask at the same time; an answer is kept, a failure is not. */
export function oncePerKey<T>(): (key: string, ask: () => Promise<T>) => Promise<T> {
	const known = new Map<string, Promise<T>>();
	return async (key, ask) => {
		const asking = known.get(key) ?? ask();
		known.set(key, asking);
		try {
			return await asking;
		} catch (error) {
			known.delete(key);
			throw error;
		}
	};
}
