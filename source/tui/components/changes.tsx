import {useContext, useMemo, type ReactNode} from 'react';
import type {FileChange} from '../../repair/plan/needed-change.ts';
import {changeLines} from '../change-lines.ts';
import {span, type Line} from '../line.ts';
import {changeRows, type ChangeRow} from '../model.ts';
import {ThemeContext} from '../theme.ts';
import {count} from '../../words.ts';
import {LongLines} from './long-lines.tsx';
import {WidthContext} from './width.ts';

/** On how many nodes a change is the same; empty for one. */
export const sameText = ({nodes}: ChangeRow): string => (nodes.length > 1 ? `the same on ${count(nodes.length, 'node')}` : '');

/** What has to change, each change once; on a large cluster every node may have a file of its own. */
export function Changes({all, indent = 0}: {readonly all: readonly FileChange[]; readonly indent?: number}): ReactNode {
	const {signs} = useContext(ThemeContext);
	const width = useContext(WidthContext);
	const lines = useMemo(() => {
		const margin = span(' '.repeat(indent));
		return changeRows(all).flatMap((row): readonly Line[] => [
			...(sameText(row) === '' ? [] : [[margin, span(sameText(row), 'muted')]]),
			...changeLines(row.change, width - indent, signs).map(line => [margin, ...line]),
		]);
	}, [all, width, indent, signs]);
	return <LongLines lines={lines} />;
}
