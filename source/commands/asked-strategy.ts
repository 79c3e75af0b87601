import {whyUnknown} from '../cilium/releases.ts';
import {UsageError} from '../errors.ts';
import type {Evidence} from '../evidence/evidence.ts';
import type {FlagValues} from '../flags.ts';
import type {Strategy} from '../diagnosis/strategy.ts';
import {textFlag} from './flag-values.ts';

/** What `--strategy` says; undefined where it is left to what is recommended. */
export function askedStrategy(flags: FlagValues): Strategy | undefined {
	return textFlag(flags, 'strategy') as Strategy | undefined;
}

/**
 * Nothing is recommended for a Cilium that this program does not know: the person names the strategy.
 * @throws UsageError
 */
export function assertStrategyNamed({cilium}: Pick<Evidence, 'cilium'>, version: string, strategy: Strategy | undefined): void {
	const why = cilium === null || strategy !== undefined ? '' : whyUnknown(version);
	if (why !== '') throw new UsageError(why, 'Name what should serve hostPort: --strategy portmap or --strategy native.');
}
