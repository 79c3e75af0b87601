import {expect, it} from 'vitest';
import {runHere} from '../support/program.ts';

it('never leaves the demo cluster for one that a flag chooses, and says so', async () => {
	const words = ['demo', 'version', '--scene=healthy', '--context=prod', '--server=https://127.0.0.1:9', '--as=jane'];
	const {code, output, errors} = await runHere(words);
	expect({code, errors}).toEqual({code: 0, errors: 'demo cluster: not used: --context, --server, --as\n'});
	expect(output).toContain('Cilium ');
	expect(output).not.toContain('127.0.0.1:9\n');
});

it('takes flags that choose no cluster', async () => {
	const {code, errors} = await runHere(['demo', 'version', '--scene=healthy', '-n', 'default', '--request-timeout=20s']);
	expect({code, errors}).toEqual({code: 0, errors: ''});
});
