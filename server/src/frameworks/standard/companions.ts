/** Configuration files that a program reads, found through the workspace beside the program or in folders above it. */
import { folderOf, resolvePath, type Workspace, withoutDots } from '../../workspace';

/** Folders above a file from which a program may be started. */
const foldersAbove = 3;
/** What is larger is data. */
const longestDocument = 100_000;

export class CompanionFiles {
  constructor(
    private readonly workspace: Workspace | null,
    /** The analysed file. */
    private readonly file: string,
  ) {}

  /**
   * The text of a JSON or YAML file. A relative path counts from wherever the program is started: it is looked for in the
   * file's folder and those above it, and is not known where several such files differ. Other absolute paths than those
   * around the file are not read.
   */
  read(path: string): string | undefined {
    const { workspace } = this;
    if (workspace === null || !/\.(?:json|ya?ml)$/.test(path)) return undefined;
    const folders = this.foldersAround();
    const isAround = folders.some((folder) => folder !== '' && path.startsWith(`${folder}/`));
    const isAbsolute = /^(?:\/|\w+:)/.test(path);
    const candidates = isAround
      ? [withoutDots(path)]
      : isAbsolute
        ? []
        : folders.map((folder) => resolvePath(folder, path));
    const texts = new Set(
      candidates.map((candidate) => workspace.read(candidate)).filter((text) => text !== undefined),
    );
    const [text] = texts;
    return texts.size === 1 && text !== undefined && text.length <= longestDocument ? text : undefined;
  }

  private foldersAround(): readonly string[] {
    const folders = [folderOf(this.file)];
    for (let folder = folders[0] ?? ''; folder !== '' && folders.length <= foldersAbove; ) {
      folder = folderOf(folder);
      folders.push(folder);
    }
    return folders;
  }
}
