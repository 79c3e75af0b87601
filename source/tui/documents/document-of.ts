import {textWidth} from '../layout.ts';
import type {Model} from '../model.ts';
import type {Screen, View} from '../state.ts';
import {diffDocument} from './diff-document.ts';
import {evidenceDocument} from './evidence-document.ts';
import {findingDocument} from './finding-document.ts';
import {helpDocument} from './help-document.ts';
import {nodeDocument} from './node-document.ts';
import {proofDocument} from './proof-document.ts';
import {isRepairScreen} from '../repair/screens.ts';
import {repairDocument} from '../repair/repair-document.ts';
import {paragraph, type Document} from './writing.ts';

/** Screens that are one text to scroll. */
export type DocumentScreen = Extract<Screen, {offset: number}>;

const last = new WeakMap<Model, {key: string; document: Document}>();

/** The text of a screen. The last one is remembered: scrolling asks for it on every key. */
export function documentOf(screen: DocumentScreen, view: View): Document {
	// Only a run has something on it that moves by itself, and its log stays below the rows in sight.
	const moving = screen.name === 'repairRun' ? [view.now, view.rows] : [];
	const key = JSON.stringify([{...screen, offset: 0}, view.columns, view.signs.cut, ...moving]);
	const hit = last.get(view.model);
	if (hit?.key === key) return hit.document;
	const document = write(screen, view);
	last.set(view.model, {key, document});
	return document;
}

function write(screen: DocumentScreen, view: View): Document {
	const {model, columns, signs} = view;
	const width = textWidth(columns);
	if (isRepairScreen(screen)) return repairDocument(screen, view, width);
	if (screen.name === 'node') return nodeDocument(model, screen.node, width, signs);
	if (screen.name === 'evidence') return evidenceDocument(model, screen.node, screen.tab, width, signs);
	if (screen.name === 'diff') return diffDocument(model, screen.change, width, signs);
	if (screen.name === 'help') return helpDocument(width);
	if (screen.name === 'proof') return proofDocument(model, width, signs);
	const row = model.findings.find(({key}) => key === screen.finding);
	if (row !== undefined) return findingDocument(row.finding, width, signs);
	return {title: 'Finding', lines: paragraph('This finding is gone: what was seen last does not show it any more.', width, 0, 'muted')};
}
