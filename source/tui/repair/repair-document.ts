import {paragraph, type Document, type Trail} from '../writing.ts';
import {textWidth} from '../layout.ts';
import {cutLine} from '../line.ts';
import type {Seen} from '../screens/screen.ts';
import type {View} from '../state.ts';
import {binaryPage} from './binary-page.ts';
import {causePage} from './cause-page.ts';
import {confirmPage, undoPage} from './confirm-page.ts';
import {pageWords, repairPages, type RepairScreen} from './pages.ts';
import {previewPage} from './preview-page.ts';
import {proofPage} from './proof-page.ts';
import {runPage} from './run-page.ts';
import {runsPage} from './runs-page.ts';
import type {Repair} from './values.ts';
import {wayPage} from './way-page.ts';

/** A page of the wizard as a text: every page is one, with the line that matters kept in sight. */
export function repairDocument({screen, view}: Seen<RepairScreen>): Document {
	const width = textWidth(view.columns);
	const {repair} = view.model.snapshot;
	const made = repair === null ? {lines: paragraph('asking the cluster', width, 0, 'muted')} : pageOf(screen, repair, view, width);
	const page = {...made, lines: made.lines.map(line => cutLine(line, width, view.signs.cut))};
	if (screen.name === 'runs') return {title: 'Runs', ...page};
	if (screen.name === 'repairUndo') return {title: `Roll back ${screen.run}`, ...page};
	return {title: 'Repair', ...page, trail: trailOf(screen, repair)};
}

function pageOf(screen: RepairScreen, repair: Repair, view: View, width: number): Omit<Document, 'title'> {
	switch (screen.name) {
		case 'repairCause':
			return causePage(repair, view, width);
		case 'repairWay':
			return wayPage(screen, repair, width, view.signs);
		case 'repairBinary':
			return binaryPage(screen, repair, view, width);
		case 'repairPreview':
			return previewPage(screen, repair, view, width);
		case 'repairConfirm':
			return confirmPage(screen, repair, width, view.signs);
		case 'repairUndo':
			return undoPage(screen, repair, width, view.signs);
		case 'repairRun':
			return runPage(repair, view, width);
		case 'repairProof':
			return proofPage(repair, view, width);
		default:
			return runsPage(screen, repair, width, view.signs);
	}
}

function trailOf({name}: RepairScreen, repair: Repair | null): Trail {
	const isUndo = repair?.run?.kind === 'rollback' && (name === 'repairRun' || name === 'repairProof');
	const pages = isUndo ? repairPages.slice(-2) : repairPages;
	return {
		title: isUndo ? 'Roll back' : 'Repair',
		words: pages.map(page => pageWords[page]),
		current: pages.findIndex(page => page === name),
	};
}
