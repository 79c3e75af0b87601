import dgram from 'node:dgram';
import net from 'node:net';
import {messageOf} from '../errors.ts';
import {errorWord, type ProbeAnswer, type Target} from './connection.ts';

/** Tries one connection from the machine that this program runs on. Never rejects: a failure is an answer. */
export type ConnectFromHere = (target: Target, options: {signal: AbortSignal; timeoutMilliseconds: number}) => Promise<ProbeAnswer>;

/** Over this machine's own network. */
export const connectFromHere: ConnectFromHere = (target, options) => {
	const started = performance.now();
	const taken = (): number => Math.ceil((performance.now() - started) * 10) / 10;
	return new Promise(resolve => {
		const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMilliseconds)]);
		const {close, onFailure} = target.protocol === 'TCP' ? openTcp(target, succeed) : openUdp(target, succeed);
		const onAbort = (): void => settle({ok: false, milliseconds: 0, error: target.protocol === 'UDP' ? 'no answer' : 'timed out'});
		function settle(answer: ProbeAnswer): void {
			signal.removeEventListener('abort', onAbort);
			close();
			resolve(answer);
		}

		function succeed(): void {
			settle({ok: true, milliseconds: taken(), error: ''});
		}

		signal.addEventListener('abort', onAbort, {once: true});
		if (signal.aborted) onAbort();
		onFailure(error => settle({ok: false, milliseconds: 0, error: errorWord(messageOf(error))}));
	});
};

type Opened = {readonly close: () => void; readonly onFailure: (listener: (error: Error) => void) => void};

function openTcp({address, port}: Target, succeed: () => void): Opened {
	const socket = net.connect({host: address, port});
	socket.on('connect', succeed);
	return {close: () => socket.destroy(), onFailure: listener => void socket.on('error', listener)};
}

/** A connected datagram socket hears of a refused port (ICMP); silence proves nothing. */
function openUdp({address, port}: Target, succeed: () => void): Opened {
	const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
	let isOpen = true;
	socket.on('message', succeed);
	socket.on('connect', () => {
		if (isOpen) socket.send('hostport\n');
	});
	socket.connect(port, address);
	return {
		close() {
			if (isOpen) socket.close();
			isOpen = false;
		},
		onFailure: listener => void socket.on('error', listener),
	};
}
