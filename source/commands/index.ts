import type {Command} from '../command-line/command.ts';
import type {Commands} from '../command-line/parse.ts';
import {check} from './check.ts';
import {cleanup} from './cleanup.ts';
import {completion} from './completion.ts';
import {demo} from './demo.ts';
import {diff} from './diff.ts';
import {explain} from './explain.ts';
import {fix} from './fix.ts';
import {manifest} from './manifest.ts';
import {options} from './options.ts';
import {rollback} from './rollback.ts';
import {runs} from './runs.ts';
import {tui} from './tui.ts';
import {verify} from './verify.ts';
import {version} from './version.ts';

/** One row a command; the first is what runs without a command's name. */
const rows: readonly [Command, ...Command[]] = [
	tui,
	check,
	diff,
	verify,
	manifest,
	fix,
	rollback,
	runs,
	cleanup,
	explain,
	version,
	options,
	completion,
];

/** Every command, the demo among them: it plays those that ask a cluster. */
export const commands: Commands = [...rows, demo(rows.filter(({connects}) => connects))];
