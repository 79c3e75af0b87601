/**
 * Whether to colour: `--color` wins, then FORCE_COLOR, then NO_COLOR (https://no-color.org) and TERM=dumb, else whether the
 * stream is a terminal.
 */
export function shouldColour(wish: string | undefined, stream: {isTTY?: boolean}, environment: NodeJS.ProcessEnv): boolean {
	if (wish === 'always') return true;
	if (wish === 'never') return false;
	if (isSet(environment['FORCE_COLOR']) && environment['FORCE_COLOR'] !== '0') return true;
	if (isSet(environment['NO_COLOR']) || environment['TERM'] === 'dumb') return false;
	return stream.isTTY === true;
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';
