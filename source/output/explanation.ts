import type {Explanation} from '../diagnosis/explanations.ts';

const _unused: Explanation | undefined = undefined;
