import {useCallback, type ReactNode} from 'react';
import type {NatTable} from '../../evidence/evidence.ts';
import {Heading} from '../components/heading.tsx';
import {None} from '../components/none.tsx';
import {Raw} from '../components/raw.tsx';
import {Parts, Untold, type Read} from './read.tsx';

/** The rules that matter to hostPorts, of each engine. */
export function Rules({node, numbers}: Read): ReactNode {
	const isOurs = useCallback(
		(line: string): boolean => /CNI-HOSTPORT-DNAT|hostports/u.test(line) || line.split(/[\s,:/]+/u).some(word => numbers.has(word)),
		[numbers],
	);
	if (node.observation === null) return <Untold {...node} />;
	const {nat, nftables} = node.observation;
	const native = nftables === null ? [] : [...nftables.rules, ...nftables.rules6];
	return (
		<Parts>
			<NatRules engine="nf_tables" found={nat.nft} isOurs={isOurs} />
			<NatRules engine="legacy" found={nat.legacy} isOurs={isOurs} />
			<Heading>nftables, native tables</Heading>
			{nftables === null ? (
				<None>not read: this access has no nft; --via pod and --via ssh read them</None>
			) : native.length === 0 ? (
				<None>{`no rule of portmap; tables: ${nftables.tables.join(', ') || 'none'}`}</None>
			) : (
				<Raw isMarked={isOurs}>{native.join('\n')}</Raw>
			)}
		</Parts>
	);
}

type NatProps = {readonly engine: string; readonly found: NatTable | null; readonly isOurs: (line: string) => boolean};

function NatRules({engine, found, isOurs}: NatProps): ReactNode {
	if (found === null) return null;
	const own = [...found.rules, ...found.others];
	const own6 = [...found.rules6, ...(found.others6 ?? [])];
	return (
		<>
			<Heading>{`iptables (${engine})`}</Heading>
			{own.length === 0 ? (
				<None>{found.error === '' ? 'no rule that matters to a hostPort' : found.error}</None>
			) : (
				<Raw isMarked={isOurs}>{own.join('\n')}</Raw>
			)}
			{own6.length > 0 && (
				<>
					<Heading>{`ip6tables (${engine})`}</Heading>
					<Raw isMarked={isOurs}>{own6.join('\n')}</Raw>
				</>
			)}
		</>
	);
}
