import {useContext, type ReactNode} from 'react';
import type {NodeDiagnosis} from '../diagnosis/diagnosis.ts';
import type {BinaryFile, NodeEvidence} from '../evidence/evidence.ts';
import {Heading} from './components/heading.tsx';
import {Labelled} from './components/labelled.tsx';
import {None} from './components/none.tsx';
import {WidthContext} from './components/width.ts';
import {cut, widthOf} from './text-width.ts';
import {ThemeContext} from './theme.ts';
import {bytesText} from '../words.ts';
import {timeText} from './writing.ts';

type Props = {readonly judged: NodeDiagnosis; readonly seen: NodeEvidence | undefined};

/** What lies in the two folders that the container runtime reads: CNI files, the loaded one marked, and plugins. */
export function CniFolders({judged: {cni}, seen}: Props): ReactNode {
	const folder = seen?.observation?.configurationFolder;
	const binaries = seen?.observation?.binaryFolder;
	return (
		<>
			<Heading>{`CNI configuration ${folder?.host ?? ''}`.trimEnd()}</Heading>
			<Folder files={folder?.files} textOf={file => fileText(file, file.name === cni.file)} marked={cni.file} />
			{cni.plugins.length > 0 && (
				<Labelled label="plugins" indent={4}>
					{cni.plugins.join(', ')}
				</Labelled>
			)}
			<Heading>{`CNI binaries ${binaries?.host ?? cni.binDir}`.trimEnd()}</Heading>
			<Folder files={binaries?.files} textOf={binaryText} />
		</>
	);
}

type FolderProps<File> = {
	readonly files: readonly File[] | undefined;
	readonly textOf: (file: File) => string;
	/** The one that counts. */
	readonly marked?: string;
};

/** The files of a folder, what is to say of each beside it. */
function Folder<File extends {name: string}>({files, textOf, marked}: FolderProps<File>): ReactNode {
	const {signs} = useContext(ThemeContext);
	const columns = useContext(WidthContext);
	if (files === undefined) return <None>not readable with this access</None>;
	if (files.length === 0) return <None>the folder is empty</None>;
	const width = Math.min(Math.floor(columns / 2), Math.max(...files.map(({name}) => widthOf(name) + 2)));
	return files.map(file => {
		const isMarked = file.name === marked;
		const label = cut(`${isMarked ? signs.cursor : ' '} ${file.name}`, width, signs.cut);
		return (
			<Labelled key={file.name} label={label} indent={2} labelWidth={width} labelTone={isMarked ? 'strong' : 'plain'} tone="muted">
				{textOf(file)}
			</Labelled>
		);
	});
}

function fileText(file: {size: number; modified: number}, isLoaded: boolean): string {
	return [isLoaded ? 'loaded by the runtime' : '', bytesText(file.size), timeText(file.modified)].filter(Boolean).join('  ');
}

function binaryText({size, mode, architecture, versionExitCode}: BinaryFile): string {
	const answer = versionExitCode === null ? '' : versionExitCode === 0 ? 'runs here' : `does not run here (exit code ${versionExitCode})`;
	return [bytesText(size), mode, architecture, answer].filter(Boolean).join('  ');
}
