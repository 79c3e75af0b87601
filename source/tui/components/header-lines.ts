import {servedBy} from '../../diagnosis/diagnosis.ts';
import {margin} from '../layout.ts';
import {lineWidth, span, spread, type Line, type Span} from '../line.ts';
import type {Snapshot} from '../store.ts';
import {wrap} from '../text-width.ts';
import type {Signs} from '../theme.ts';

const indent = span(' '.repeat(margin));

/** Two lines: which cluster, and what is going on; what the cluster is. */
export function headerLines(snapshot: Snapshot, now: number, width: number, signs: Signs): readonly [Line, Line] {
	const {context, server} = snapshot.title;
	const status: Line = [...statusSpans(snapshot, now, signs), indent];
	const name: Line = [indent, span(context, 'strong')];
	const named: Line = [indent, span('hostport', 'accent'), span(context === '' ? '' : '  '), span(context, 'strong')];
	const address = server === '' || server === context ? [] : [span(`  ${server}`, 'muted')];
	const room = width - lineWidth(status) - 2;
	// What has no room goes whole: half an address is none.
	const first = [[...named, ...address], [...name, ...address], named].find(line => lineWidth(line) <= room) ?? name;
	// Who serves hostPorts is told before where Cilium runs and before what Kubernetes it is.
	const whole = clusterSpans(snapshot, signs, true);
	const short = clusterSpans(snapshot, signs, false);
	const clusters = [whole, short, short.slice(2)].map((spans): Line => [indent, ...spans]);
	const second = clusters.find(line => lineWidth(line) <= width - margin) ?? [indent, ...short.slice(2)];
	return [spread(first, status, width, signs.cut), second];
}

/** What is asked for, in full: whoever is to trust a fingerprint has to see all of it. The answer is typed in the footer. */
export function questionLines({question}: Snapshot, width: number, signs: Signs): readonly Line[] {
	if (question === null) return [];
	return wrap(`${signs.doubtful} ${question.text}`, width - 2 * margin).map(line => [indent, span(line, 'doubtful')]);
}

/** Why there is nothing newer to see, and what to do about it; nothing where nothing failed. */
export function failureLines({failure}: Snapshot, width: number, rows: number, signs: Signs): readonly Line[] {
	if (failure === null) return [];
	const room = width - 2 * margin;
	const message = wrap(`${signs.bad} ${failure.message}`, room).map(line => [indent, span(line, 'bad')]);
	const hint = failure.hint === '' ? [] : wrap(failure.hint, room).map(line => [indent, span(line)]);
	const most = rows < 16 ? 2 : 6;
	return message.length + hint.length <= most ? [...message, ...hint] : [...message.slice(0, most - 1), ...hint.slice(0, 1)];
}

function statusSpans({phase, progress, notice, evidence, watching}: Snapshot, now: number, signs: Signs): readonly Span[] {
	if (phase !== null) {
		const seconds = Math.max(0, Math.floor((now - phase.since) / 1000));
		const count = progress.total > 0 ? ` ${progress.done} of ${progress.total} nodes` : '';
		return [span(`${phase.text}${count}`, 'accent'), span(` ${signs.dot} ${elapsedText(seconds)}`, 'muted')];
	}

	if (notice !== null) return [span(notice, 'good')];
	if (evidence === null) return [];
	const live: readonly Span[] =
		watching === null ? [] : [span(watching.text, watching.isLive ? 'good' : 'doubtful'), span(` ${signs.dot} `, 'muted')];
	return [...live, span(`as of ${clockText(evidence.collectedAt)}`, 'muted')];
}

function clusterSpans({evidence, diagnosis}: Snapshot, signs: Signs, isPlaced: boolean): readonly Span[] {
	const kubernetes = diagnosis?.cluster.kubernetes ?? evidence?.kubernetes;
	if (kubernetes === undefined) return [];
	const dot = span(` ${signs.dot} `, 'muted');
	return [span(`Kubernetes ${kubernetes}`, 'muted'), dot, ...ciliumSpans({evidence, diagnosis}, dot, isPlaced)];
}

function ciliumSpans({evidence, diagnosis}: Pick<Snapshot, 'evidence' | 'diagnosis'>, dot: Span, isPlaced: boolean): readonly Span[] {
	const cilium = diagnosis?.cluster.cilium ?? evidence?.cilium;
	if (!cilium || cilium.namespace === '') return [span('no Cilium found', 'doubtful')];
	const version = cilium.version === '' ? 'of unknown version' : cilium.version;
	const name = span(`Cilium ${version}${isPlaced ? ` in ${cilium.namespace}` : ''}`, 'muted');
	if (diagnosis === null) return [name];
	const {path} = diagnosis.cluster.cilium;
	return [name, dot, span(`hostPorts served by ${servedBy[path]}`, path === 'none' ? 'bad' : 'plain')];
}

function elapsedText(seconds: number): string {
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** Time of day where the person sits; the date too where it is not today's. */
function clockText(time: string): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return time;
	const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
	const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
	return date.toDateString() === new Date().toDateString() ? clock : `${day} ${clock}`;
}
