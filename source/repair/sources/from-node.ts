import type {NodeAccess} from '../../access/access.ts';
import {ActionableError} from '../../errors.ts';
import {printableLine} from '../../foreign-text.ts';
import {assertSum} from './checksum.ts';
import {inspectPortmap, largestBinary} from './inspect.ts';
import type {Portmap} from './portmap.ts';

/** base64, because what a script answers is text on its way. */
const script = 'cd "$1" && [ -f portmap ] && sum=$(sha256sum portmap) && printf "%s\\n" "${sum%% *}" && base64 portmap';

/**
 * The binary of another node, which has a good one.
 * @throws ActionableError where it has none or it cannot be read
 */
export async function portmapFromNode(access: NodeAccess, signal: AbortSignal): Promise<Portmap> {
	const folder = access.binaryFolder;
	if (folder === undefined)
		throw new ActionableError(`${access.label} cannot see the folder of CNI binaries`, 'Choose another source for portmap.');
	const {stdout, stderr, exitCode, truncated} = await access.run(script, {
		parameters: [folder.seen],
		signal,
		timeoutMilliseconds: 120_000,
		maximumOutputBytes: largestBinary * 2,
	});
	if (exitCode !== 0 || truncated) {
		throw new ActionableError(
			`${access.node} has no readable portmap in ${folder.host}: ${printableLine(stderr, 200) || (truncated ? 'too large' : 'not there')}`,
			'Choose another node or another source.',
		);
	}

	const [sum = '', ...lines] = stdout.split('\n');
	const content = Buffer.from(lines.join(''), 'base64');
	assertSum(content, sum, `portmap of ${access.node}`, 'the node itself');
	return inspectPortmap(content, `node ${access.node}`);
}
