#include "broker/monitor/symbol.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENTS_MAX 128
#define SECTIONS_MAX 4096
#define TABLE_MAX    (64ull << 20) /* bytes of symbols, and of their names */

int brig_module_open(const char *path, dev_t device, ino_t inode)
{
	brig_auto_fd int found = open(path, O_PATH | O_CLOEXEC);
	char self[64];
	struct stat st;

	if (found < 0 || fstat(found, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_dev != device || st.st_ino != inode)
		return -ESTALE;
	/* What O_PATH found is what is opened. */
	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", found);
	int fd = open(self, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* From a place in the file to one in memory, as the file was linked. */
static int link_address(Elf *elf, uint64_t offset, uint64_t *ret)
{
	size_t n;
	GElf_Phdr segment;

	if (elf_getphdrnum(elf, &n) < 0)
		return -ENOEXEC;
	if (n > SEGMENTS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_LOAD ||
		    offset < segment.p_offset || offset - segment.p_offset >= segment.p_filesz)
			continue;
		*ret = offset - segment.p_offset + segment.p_vaddr;
		return 0;
	}
	return -ENOENT;
}

static bool table_fits(Elf *elf, const GElf_Shdr *table)
{
	Elf_Scn *section = elf_getscn(elf, table->sh_link);
	GElf_Shdr names;

	return table->sh_entsize && table->sh_size <= TABLE_MAX && section &&
	       gelf_getshdr(section, &names) && names.sh_size <= TABLE_MAX;
}

/* All symbols of the linker's table, if it is there; else those that other modules may use. */
static int find_table(Elf *elf, GElf_Shdr *ret, Elf_Scn **ret_section)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t n;
	int r = -ENOENT;

	if (elf_getshdrnum(elf, &n) < 0)
		return -ENOEXEC;
	if (n > SECTIONS_MAX)
		return -E2BIG;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) ||
		    (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM))
			continue;
		if (!table_fits(elf, &header))
			return -E2BIG;
		*ret = header;
		*ret_section = section;
		r = 0;
		if (header.sh_type == SHT_SYMTAB)
			break;
	}
	return r;
}

static bool is_function_at(const GElf_Sym *symbol, uint64_t address)
{
	const unsigned char type = GELF_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
	       address >= symbol->st_value && address - symbol->st_value < symbol->st_size;
}

static int find_symbol(Elf *elf, uint64_t address, char *ret, size_t size, uint64_t *ret_offset)
{
	Elf_Scn *section = NULL;
	GElf_Shdr table;
	GElf_Sym symbol;
	int r = find_table(elf, &table, &section);

	if (r)
		return r;
	Elf_Data *data = elf_getdata(section, NULL);
	for (uint64_t i = 0; data && i < table.sh_size / table.sh_entsize; i++) {
		if (!gelf_getsym(data, (int)i, &symbol))
			break;
		if (!is_function_at(&symbol, address))
			continue;
		const char *name = elf_strptr(elf, table.sh_link, symbol.st_name);
		if (!name || !*name)
			continue;
		(void)snprintf(ret, size, "%s", name);
		*ret_offset = address - symbol.st_value;
		return 0;
	}
	return -ENOENT;
}

int brig_symbol_find(int fd, uint64_t offset, char *ret, size_t size, uint64_t *ret_offset)
{
	uint64_t address = 0;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOEXEC;
	/* Read, not mapped: a file that is cut short meanwhile would be our SIGBUS. */
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	int r = elf && elf_kind(elf) == ELF_K_ELF ? 0 : -ENOEXEC;
	if (!r)
		r = link_address(elf, offset, &address);
	if (!r)
		r = find_symbol(elf, address, ret, size, ret_offset);
	(void)elf_end(elf);
	return r;
}
