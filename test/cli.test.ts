import {describe, expect, it} from 'vitest';
import {parse} from '../source/cli.ts';
import {flagOf} from '../source/command-line/option.ts';
import {UsageError} from '../source/errors.ts';

const parsed = (line: string) => {
	const {command, words, typed} = parse(line === '' ? [] : line.split(' '));
	return {
		command: command.name,
		words,
		flags: Object.fromEntries(Object.entries(typed).map(([name, value]) => [flagOf(name).slice(2), value])),
	};
};

describe('words typed', () => {
	it.each([
		['', '', [], {}],
		['node-1 node-2', '', ['node-1', 'node-2'], {}],
		['check', 'check', [], {}],
		['check node-1 -o json', 'check', ['node-1'], {output: 'json'}],
		['--context prod check', 'check', [], {context: 'prod'}],
		['--context=prod check --kubeconfig=a', 'check', [], {context: 'prod', kubeconfig: 'a'}],
		['check -n web -l a=b', 'check', [], {namespace: 'web', selector: 'a=b'}],
		['check --as-group a --as-group b --as c', 'check', [], {'as-group': ['a', 'b'], as: 'c'}],
		['check -v=6', 'check', [], {verbosity: 6}],
		['check -v 6', 'check', [], {verbosity: 6}],
		['check --insecure-skip-tls-verify', 'check', [], {'insecure-skip-tls-verify': true}],
		['check -A', 'check', [], {'all-namespaces': true}],
		['explain HP02', 'explain', ['HP02'], {}],
		['demo check -o json --scene mixed', 'demo', ['check'], {output: 'json', scene: 'mixed'}],
		['demo --nodes 500', 'demo', [], {nodes: 500}],
		['check --request-timeout 0', 'check', [], {'request-timeout': '0'}],
		['node/check', '', ['check'], {}],
		['nodes/node-1 no/node-2', '', ['node-1', 'node-2'], {}],
		['check node/a no/b c', 'check', ['a', 'b', 'c'], {}],
		['diff node/a', 'diff', ['a'], {}],
		['verify node/a', 'verify', ['a'], {}],
		['fix node/a', 'fix', ['a'], {}],
		['cleanup node/a', 'cleanup', ['a'], {}],
		['demo check node/a', 'demo', ['check', 'a'], {}],
		['fix --canary node/a --skip=no/b --skip c', 'fix', [], {canary: 'node/a', skip: ['no/b', 'c']}],
		['check --concurrency=1 --ssh-port 65535', 'check', [], {concurrency: 1, 'ssh-port': 65_535}],
		['explain HP02 --context a', 'explain', ['HP02'], {context: 'a'}],
		['--context prod -n web demo', 'demo', [], {context: 'prod', namespace: 'web'}],
		['check -w', 'check', [], {watch: true}],
		['check --as a --as-user-extra k=v --as-user-extra=k=w=x', 'check', [], {as: 'a', 'as-user-extra': ['k=v', 'k=w=x']}],
		['check --fail-on warning', 'check', [], {'fail-on': 'warning'}],
		['check --from - node-1', 'check', ['node-1'], {from: '-'}],
		['check --from=-', 'check', [], {from: '-'}],
		['check -l - -ojson', 'check', [], {selector: '-', output: 'json'}],
		['manifest rbac --from - --mode fix', 'manifest', ['rbac'], {from: '-', mode: 'fix'}],
		['explain -', 'explain', ['-'], {}],
		['runs run-1', 'runs', ['run-1'], {}],
		['rollback run-1', 'rollback', ['run-1'], {}],
		['node/chek', '', ['chek'], {}],
		['worker-chek', '', ['worker-chek'], {}],
		['check chek', 'check', ['chek'], {}],
		['rollback node/a', 'rollback', ['node/a'], {}],
		['check --help', 'check', [], {help: true}],
		['check -ojson', 'check', [], {output: 'json'}],
		['check -o=json', 'check', [], {output: 'json'}],
		['check -nkube-system -lk=v', 'check', [], {namespace: 'kube-system', selector: 'k=v'}],
		['check -Aojson', 'check', [], {'all-namespaces': true, output: 'json'}],
		['check -Ao json', 'check', [], {'all-namespaces': true, output: 'json'}],
		['check -v6 node-1', 'check', ['node-1'], {verbosity: 6}],
		['fix -y=false', 'fix', [], {yes: false}],
		['help', '', [], {help: true}],
		['help check', 'check', [], {help: true}],
	])('«%s» runs «%s»', (line, command, words, flags) => {
		expect(parsed(line)).toEqual({command, words, flags});
	});

	it.each([
		['check pod/web', '"pod/web" names no node'],
		['check node/', '"node/" names no node'],
		['fix node/a/b', '"node/a/b" names no node'],
		['fix --canary deploy/a', '"deploy/a" names no node'],
		['chek', 'there is no command chek; did you mean check?'],
		['Verify node-1', 'there is no command Verify; did you mean verify?'],
		['--context prod dif', 'there is no command dif; did you mean diff?'],
		['clenup -y', 'did you mean cleanup?'],
		['hlep', 'did you mean help?'],
		['help chek', 'there is no command chek; did you mean check?'],
		['check --outptu json', 'has no flag --outptu; did you mean --output?'],
		['check --all-namespace', 'did you mean --all-namespaces?'],
		['check -o jsn', 'cannot be "jsn"; did you mean json?'],
		['fix --stratgy native', 'did you mean --strategy?'],
		['fix --dry', 'fix has no flag --dry; did you mean --dry-run?'],
		['check --conc=9', 'check has no flag --conc; did you mean --concurrency?'],
		['check --concurrency=0', '--concurrency cannot be 0'],
		['check --concurrency=-1', '--concurrency cannot be -1'],
		['demo --nodes 0', '--nodes cannot be 0'],
		['demo --nodes 5001', '--nodes cannot be 5001'],
		['check --ssh-port 0', '--ssh-port cannot be 0'],
		['check --ssh-port=65536', '--ssh-port cannot be 65536'],
		['check --ssh-port=ssh', '--ssh-port needs a whole number'],
		['check -v=-1', '--verbosity cannot be -1'],
		['check --fail-on=warnings', 'did you mean warning?'],
		['diff --fail-on=never', 'has no flag --fail-on'],
		['check -o go-template={{.kind}}', 'there is no -o go-template'],
		['rollback run-1 run-2', 'rollback does not accept run-2'],
		['explain HP01 HP02', 'explain does not accept HP02'],
		['version now', 'version does not accept now'],
		['demo rollback run-1 run-2', 'rollback does not accept run-2'],
		['manifest rbac daemonset', 'manifest does not accept daemonset'],
		['check --no-such', '--no-such'],
		['check -x', '-x'],
		['check -xyz', 'has no flag x'],
		['check -oxml', 'xml'],
		['help me', 'me'],
		['check --strategy portmap', '--strategy'],
		['check -o xml', 'xml'],
		['check --context=', '--context'],
		['check --context', '--context'],
		['demo --nodes many', '--nodes'],
		['demo --nodes 1.5', '--nodes'],
		['check --selector a --selector b', '--selector can only be set once'],
		['check --ssh-client ssh2 --ssh-client system', 'The flag --ssh-client can only be set once'],
		['fix --dry-run server --dry-run=client', '--dry-run'],
		['demo --scene nowhere', 'nowhere'],
	])('«%s» is refused and names what is wrong', (line, named) => {
		expect(() => parsed(line)).toThrow(UsageError);
		expect(() => parsed(line)).toThrow(named);
	});

	it.each([
		[['check', '-o'], '--output needs a value', 'Choose one of: table, '],
		[['fix', '--dry-run'], '--dry-run needs a value', 'Choose one of: none, client, server'],
		[['check', '--concurrency=many'], '--concurrency needs a whole number', 'Use a number from 1 to 10000'],
		[['check', '-v=abc'], '--verbosity needs a whole number', 'Use '],
		[['check', '--ssh-user'], '--ssh-user needs a value', 'Write --ssh-user=USER: SSH user'],
		[['check', '--timeout='], '--timeout needs a value', 'Write --timeout=DURATION: '],
		[['check', '--save'], '--save needs a value', 'Write --save=FILE: '],
		[['kubectl hostport check'], '"kubectl hostport check" names no node', 'Name nodes as NAME'],
		[['check', '$(hostname)'], '"$(hostname)" names no node', 'Name nodes as NAME'],
	])('%j is refused with what to type instead', (words, message, hint) => {
		expect(() => parse(words)).toThrow(expect.objectContaining({message, hint: expect.stringContaining(hint) as string}));
	});
});
