import type {Evidence} from '../evidence/evidence.ts';
import type {Proof} from '../proof/proof.ts';
import type {Differences} from '../session/differences.ts';
import type {CommandContext} from '../command-line/command.ts';

type Telling = Pick<CommandContext, 'stderr'>;

/** Writes a line to stderr, over the line that shows how far a look is. */
export function tellNotice({stderr}: Telling, says: string): void {
	stderr.write(`${stderr.isTTY ? '\r\u001B[K' : ''}${says}\n`);
}

/** Says on stderr what could not be read from the API server. */
export function tellGaps({stderr}: Telling, {gaps}: Pick<Evidence, 'gaps'>): void {
	for (const {what, reason, hint} of gaps) stderr.write(`could not read ${what}: ${reason}. ${hint}\n`);
}

/** Says on stderr who else writes cilium-config, and what keeps differences from being told in full. */
export function tellDifferences({stderr}: Telling, {owner, unseen, fileless, refusals, strategy}: Differences): void {
	if (owner !== undefined) stderr.write(`${owner.message}\n${owner.hint}\n`);
	for (const {name, reason} of unseen) stderr.write(`${name}: not read: ${reason}\n`);
	for (const {name, reason} of fileless) stderr.write(`${name}: its CNI file was not read: ${reason}\n`);
	for (const {message, hint} of refusals) stderr.write(`${strategy} is not possible: ${message}\n${hint}\n`);
}

/**
 * Says on stderr what a proof could not be about.
 * @param gaps what could not be read of the cluster
 * @param alone the one node that every connection inside the cluster left from
 */
export function tellProof(
	{stderr}: Telling,
	{results, unasked}: Pick<Proof, 'results' | 'unasked'>,
	gaps: Evidence['gaps'],
	alone: string | undefined,
): void {
	if (alone !== undefined)
		stderr.write(`nothing was tried from another node: only ${alone} was named; name a second node to connect from it too
`);
	if (results.length === 0 && unasked.length === 0)
		stderr.write(
			gaps.length === 0
				? 'no selected pod has a hostPort, so there is nothing to connect to; --test-pod creates a temporary one\n'
				: 'nothing was connected to: no hostPort was seen, but not everything could be read\n',
		);
}
