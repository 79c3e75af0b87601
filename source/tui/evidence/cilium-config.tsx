import {Fragment, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {None} from '../components/none.tsx';
import {Raw} from '../components/raw.tsx';
import {useQuoted, type Read} from './read.tsx';

/** The settings of the cluster, and what stands above them on some nodes. */
export function CiliumConfig(read: Read): ReactNode {
	const isQuoted = useQuoted(read);
	const {cilium} = read.evidence;
	const data = keysOf(cilium?.configMap?.data ?? {});
	if (data.length === 0) return <None>cilium-config was not read.</None>;
	return (
		<>
			<Raw isMarked={isQuoted}>{data.sort().join('\n')}</Raw>
			{(cilium?.nodeConfigs ?? []).map(({name, defaults}) => (
				<Fragment key={name}>
					<Heading>{`CiliumNodeConfig ${name}`}</Heading>
					<Raw isMarked={isQuoted}>{keysOf(defaults).join('\n')}</Raw>
				</Fragment>
			))}
		</>
	);
}

const keysOf = (data: Readonly<Record<string, string>>): string[] => Object.entries(data).map(([key, value]) => `${key}: ${value}`);
