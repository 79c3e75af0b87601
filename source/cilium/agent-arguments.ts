/**
 * The value that an agent's arguments give a key: of the last `--key=value` or `--key value`; a flag alone is true. A shell may be given
 * all of them as one word.
 */
export function argumentFor(args: readonly string[], key: string): string | undefined {
	const words = args.flatMap(argument => argument.trim().split(/\s+/));
	const place = words.findLastIndex(argument => argument === `--${key}` || argument.startsWith(`--${key}=`));
	const [found, next] = [words[place], words[place + 1]];
	if (found === undefined) return undefined;
	if (found !== `--${key}`) return found.slice(key.length + 3);
	return next === undefined || next.startsWith('-') ? 'true' : next;
}

/** The environment variable that gives a key (viper's rule, cilium pkg/option: prefix `CILIUM_`). */
export const variableFor = (key: string): string => `CILIUM_${key.toUpperCase().replaceAll('-', '_')}`;
