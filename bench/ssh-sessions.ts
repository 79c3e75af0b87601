// Runs one script on each host given, over SSH as the product does it: bench/ssh.ts measures this beside the system's ssh.
// Words: CONFIG PORT HOST…
import process from 'node:process';
import {openSshAccess} from '../source/access/ssh/ssh-access.ts';
import {createSshSession} from '../source/access/ssh/ssh-session.ts';

const [config = '', port = '', ...hosts] = process.argv.slice(2);
const session = createSshSession({flags: {config, port: Number(port), client: 'ssh2'}});
const {signal} = new AbortController();
const names = await Promise.all(
	hosts.map(async host => {
		const access = await openSshAccess({name: host, addresses: [{type: 'InternalIP', address: host}]}, {session, signal});
		const {stdout} = await access.run('uname -r', {signal, timeoutMilliseconds: 30_000});
		await access.close();
		return stdout;
	}),
);
await session.close();
if (names.some(name => name.trim() === '')) throw new Error('a host did not answer');
