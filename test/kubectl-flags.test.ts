// Every flag that `kubectl options` of Kubernetes 1.36 prints, and what it is here.
import {expect, it} from 'vitest';
import {parse} from '../source/cli.ts';
import {UsageError} from '../source/errors.ts';
import {commands} from '../source/commands/index.ts';
import {runHere} from './support/program.ts';

/** Heard as kubectl hears them. */
const heard = [
	'--as=jane',
	'--as-group=dev',
	'--as-uid=7',
	'--as-user-extra=scopes=dev',
	'--certificate-authority=FILE',
	'--client-certificate=FILE',
	'--client-key=FILE',
	'--cluster=NAME',
	'--context=NAME',
	'--insecure-skip-tls-verify=true',
	'--kubeconfig=FILE',
	'--namespace=web',
	'-nweb',
	'--password=p',
	'--request-timeout=0',
	'--server=https://127.0.0.1:1',
	'-shttps://127.0.0.1:1',
	'--tls-server-name=NAME',
	'--token=t',
	'--user=NAME',
	'--username=u',
	'--v=6',
	'-v6',
];
/** Nothing here is what they change. */
const withoutEffect = [
	'--cache-dir=FOLDER',
	'--disable-compression',
	'--disable-compression=true',
	'--kuberc=FILE',
	'--log-flush-frequency=5s',
	'--profile=none',
	'--profile-output=FILE',
	'--vmodule=a=1',
	'--match-server-version=false',
	'--warnings-as-errors=false',
];
const refused = ['--match-server-version', '--warnings-as-errors', '--profile=cpu'];

it.each([...heard, ...withoutEffect])('%s is taken by every command', flag => {
	for (const {name} of commands) expect(() => parse([name, flag].filter(Boolean))).not.toThrow();
});

it.each(refused)('%s is refused with the reason: nobody may take it for heard', async flag => {
	expect(() => parse(['check', flag])).toThrow(UsageError);
	const {code, errors} = await runHere(['check', flag]);
	expect(code).toBe(2);
	expect(errors).toMatch(/is not available: \w/u);
});

it.each(withoutEffect)('options says of %s that it has no effect, or that it is not available', async flag => {
	const {output} = await runHere(['options']);
	const name = flag.replace(/=.*$/u, '');
	expect(output.split('\n').find(line => line.includes(`${name} `) || line.includes(`${name}=`))).toMatch(/without effect|not available/u);
});
