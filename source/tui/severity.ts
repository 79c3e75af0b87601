import type {Severity} from '../diagnosis/diagnosis.ts';
import type {Signs, Tone} from './theme.ts';
import {countText} from './writing.ts';

const signsOf: Readonly<Record<Severity, keyof Signs>> = {error: 'bad', warning: 'doubtful', info: 'dot'};
const tones: Readonly<Record<Severity, Tone>> = {error: 'bad', warning: 'doubtful', info: 'accent'};

/** The sign of a severity. */
export function severitySign(severity: Severity, signs: Signs): string {
	return signs[signsOf[severity]];
}

/** A severity with its sign. */
export function severityText(severity: Severity, signs: Signs): string {
	return `${severitySign(severity, signs)} ${severity}`;
}

/** Its tone. */
export function severityTone(severity: Severity): Tone {
	return tones[severity];
}

/** Where a finding was seen: `cluster` for what belongs to no single node. */
export function placeText(nodes: readonly string[]): string {
	return nodes.length === 0 ? 'cluster' : countText(nodes.length, 'node');
}
