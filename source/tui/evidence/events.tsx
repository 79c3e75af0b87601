import {useContext, useMemo, type ReactNode} from 'react';
import {LongLines} from '../components/long-lines.tsx';
import {None} from '../components/none.tsx';
import {rawLines} from '../components/raw.tsx';
import {WidthContext} from '../components/width.ts';
import {blank, span} from '../line.ts';
import {ThemeContext} from '../theme.ts';
import {count} from '../../words.ts';
import {useQuoted, type Read} from './read.tsx';

/** Events about the node and its pods. There may be thousands, so they are one text. */
export function Events(read: Read): ReactNode {
	const {evidence, node} = read;
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	const isQuoted = useQuoted(read);
	const lines = useMemo(() => {
		const own = new Set(evidence.pods.filter(pod => pod.node === node.name).map(({namespace, name}) => `${namespace}/Pod/${name}`));
		const about = evidence.events.filter(event => event.node === node.name || own.has(`${event.namespace}/${event.object}`));
		return about.flatMap(({reason, message, namespace, object, count: times, lastSeen}, index) => [
			...(index === 0 ? [] : [blank]),
			[
				span(`${reason}  `, 'strong'),
				span(`${namespace}/${object}  ${count(times, 'time')}${lastSeen === null ? '' : `, last ${lastSeen}`}`, 'muted'),
			],
			...rawLines(message, isQuoted, width, signs),
		]);
	}, [evidence, node, isQuoted, width, signs]);
	return lines.length === 0 ? <None>No event that matters to a hostPort.</None> : <LongLines lines={lines} />;
}
