import {expect, it} from 'vitest';
import {readOptions, type Typed} from '../../source/command-line/option.ts';
import {sharedOptions} from '../../source/command-line/shared-options.ts';
import {cleanup} from '../../source/commands/cleanup.ts';
import {rollback} from '../../source/commands/rollback.ts';
import {withDialogue, withSession} from '../../source/commands/with-session.ts';
import {exitCode, UsageError} from '../../source/errors.ts';
import {contextAt} from '../support/context.ts';

const commands = {cleanup, rollback};
type Values = Parameters<typeof withDialogue>[0];
const valuesOf = (name: keyof typeof commands, typed: Typed): Values =>
	readOptions({...commands[name].options, ...sharedOptions}, typed) as unknown as Values;

it.each([
	['cleanup', {}, true, false],
	['cleanup', {yes: true}, true, true],
	['cleanup', {yes: true}, false, true],
	['cleanup', {dryRun: 'client'}, false, true],
	['rollback', {}, true, false],
	['rollback', {yes: true}, false, true],
] as const)('%s %j at a terminal (%s): nobody is asked: %s', async (name, typed, isTTY, isUnasked) => {
	const {context} = contextAt(isTTY);
	const code = await withDialogue(valuesOf(name, typed), context, async (opened, dialogue, printer) => {
		expect(dialogue.isUnasked).toBe(isUnasked);
		expect(printer.form).toBe(name === 'cleanup' ? 'table' : 'text');
		expect(opened.accesses.via).toBe('auto');
		return exitCode.faults;
	});
	expect(code).toBe(exitCode.faults);
});

it.each([
	['cleanup', {}, false, {}, 'no terminal to ask in', 'Give --yes, or preview with --dry-run=client.'],
	['rollback', {}, false, {}, 'no terminal to ask in', 'Give --yes.'],
	['rollback', {}, true, {CI: 'true'}, 'CI is set in the environment, so nobody is asked', 'Give --yes.'],
	['cleanup', {output: 'json'}, true, {}, '-o json needs --yes or --dry-run=client', 'Add one of them'],
	['rollback', {output: 'json'}, true, {}, '-o json needs --yes', 'Add one of them'],
] as const)('%s %j is refused where nobody can say yes: %s', async (name, typed, isTTY, environment, message, hint) => {
	const act = async () => Promise.reject(new Error('it was begun'));
	const error: unknown = await withDialogue(valuesOf(name, typed), contextAt(isTTY, {environment}).context, act).catch(
		(failed: unknown) => failed,
	);
	expect(error).toBeInstanceOf(UsageError);
	expect(error).toMatchObject({message, hint: expect.stringContaining(hint)});
});

it('shows how far it is until it is told that the looks are over, and at its end at the latest; a notice stands above', async () => {
	const {context, written} = contextAt(true);
	await withSession(valuesOf('cleanup', {}), context, async ({onProgress, onNotice, onLooked}) => {
		expect(written.stderr).toContain('connecting · 0 s');
		onProgress({type: 'phase', text: 'looking'});
		onNotice('a pod was removed');
		expect(written.stderr).toMatch(/\u001B\[Ka pod was removed\n$/u);
		onLooked();
	});
	const failing = contextAt(true);
	await expect(withSession(valuesOf('cleanup', {}), failing.context, async () => Promise.reject(new Error('stopped')))).rejects.toThrow(
		'stopped',
	);
	expect(failing.written.stderr).toMatch(/\r\u001B\[K$/u);
});
