/* PNG from checked pixels, by libpng on the trusted side: no byte of the result is a child's. */
#include <brig/image.h>

#include <errno.h>
#include <png.h>
#include <stdint.h>
#include <unistd.h>

struct writer {
	int fd;
	int error;
};

static void write_bytes(png_structp png, png_bytep bytes, size_t n)
{
	struct writer *writer = png_get_io_ptr(png);

	while (n) {
		ssize_t r = write(writer->fd, bytes, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			writer->error = r < 0 ? -errno : -EIO;
			png_error(png, "write");
		}
		bytes += r;
		n -= (size_t)r;
	}
}

static void flush_bytes(png_structp png)
{
	(void)png;
}

static void quiet_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static _Noreturn void quiet_error(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static int color_type(uint32_t channels)
{
	static const int types[] = { 0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
				     PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA };

	return types[channels];
}

/* Apart, since what longjmp crosses may not keep locals. */
static int encode(png_structp png, png_infop info, const struct brig_image_info *image,
		  struct writer *writer)
{
	if (setjmp(png_jmpbuf(png)))
		return writer->error ? writer->error : -EINVAL;
	png_set_write_fn(png, writer, write_bytes, flush_bytes);
	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_set_IHDR(png, info, image->width, image->height, (int)image->depth,
		     color_type(image->channels), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	/* Faster than the default 6; the result is meant to be looked at, not archived. */
	png_set_compression_level(png, 3);
	png_write_info(png, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (image->depth == 16)
		png_set_swap(png);
#endif
	for (uint32_t y = 0; y < image->height; y++)
		png_write_row(png, image->pixels + (size_t)y * image->stride);
	png_write_end(png, info);
	return 0;
}

int brig_image_write_png(const struct brig_image *image, int fd)
{
	struct writer writer = { .fd = fd };
	struct brig_image_info description;
	png_structp png =
		png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, quiet_error, quiet_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int r = -ENOMEM;

	brig_image_describe(image, &description);
	if (info)
		r = encode(png, info, &description, &writer);
	png_destroy_write_struct(&png, &info);
	return r;
}
