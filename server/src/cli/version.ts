/** The version of this program, from the package it is built from. */
import manifest from '../../../package.json';

export const version: string = manifest.version;
