import {Fragment, type ReactNode} from 'react';
import {Heading} from '../components/heading.tsx';
import {None} from '../components/none.tsx';
import {Raw} from '../components/raw.tsx';
import {timeText} from '../writing.ts';
import {Parts, Untold, type Read} from './read.tsx';

/** The line of a CNI file by which a plugin is chained. */
const isPlugin = (line: string): boolean => /"type"\s*:\s*"(?:portmap|cilium-cni)"/u.test(line);

/** The files of the CNI folder, each whole. */
export function Files({node}: Read): ReactNode {
	if (node.observation === null) return <Untold {...node} />;
	const {configurationFolder: folder} = node.observation;
	if (folder === null) return <None>This access could not read the folder.</None>;
	if (folder.files.length === 0) return <None>{`${folder.host} is empty.`}</None>;
	return (
		<Parts>
			{folder.files.map(({name, content, modified, truncated, unreadable}) => (
				<Fragment key={name}>
					<Heading>{`${folder.host}/${name}`}</Heading>
					{modified > 0 && <None>{`written ${timeText(modified)}`}</None>}
					{unreadable === true && <None>not readable with this access</None>}
					<Raw isMarked={isPlugin}>{content}</Raw>
					{truncated && <None>… cut here</None>}
				</Fragment>
			))}
		</Parts>
	);
}
